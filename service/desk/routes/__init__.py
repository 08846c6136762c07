"""HTTP of the desk: today, search, what a number is made of, people and tablets, the trail."""

from service.desk.routes.today import pages as today

blueprints = [today]
