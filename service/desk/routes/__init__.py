"""HTTP of the desk: today, search, what a number is made of, people and tablets, the trail."""

from service.desk.routes.drill import pages as drill
from service.desk.routes.finding import pages as finding
from service.desk.routes.persons import pages as persons
from service.desk.routes.today import pages as today
from service.desk.routes.trails import pages as trails

blueprints = [today, finding, drill, persons, trails]
