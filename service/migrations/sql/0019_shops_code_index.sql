-- The unique index on the code serves a page of an association's shops as well: they are read in the
-- order of their codes.
DROP INDEX ix_shops_association_id_code;
