// The page that the installed gate opens with: today's gates, kept for the time without a network.
import { need } from "../dom";
import { GATE, installWorker, offerInstall } from "../offline/install";

offerInstall(need("#install", HTMLButtonElement));
const gates = [...document.querySelectorAll<HTMLAnchorElement>("a[data-gate]")].map((link) => link.pathname);
void installWorker(GATE, ["/gate/", ...gates]);
