// Any plain form with digit boxes: [data-digits] wraps the boxes, the keypad and the submit button.
import { Digits } from "../digits";

for (const root of document.querySelectorAll<HTMLElement>("[data-digits]")) new Digits(root);
