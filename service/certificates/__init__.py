"""Certificates of service (志愿服务记录证明): ordered, printed by a worker, checked by anybody.

They show hours, content and the record unit, never points. What a certificate says is fixed when it
is issued; its page says whether the record under it still stands.
"""

from service.certificates.font import font_of
from service.certificates.models import Certificate, Order
from service.certificates.printing import Press, give_up

__all__ = ["Certificate", "Order", "Press", "font_of", "give_up"]
