// The page that the installed gate opens with: today's gates, kept for the time without a network.
import { need } from "../dom";
import { installWorker, offerInstall } from "../gate/install";

offerInstall(need("#install", HTMLButtonElement));
const gates = [...document.querySelectorAll<HTMLAnchorElement>("a[data-gate]")].map((link) => link.pathname);
void installWorker(["/gate/", ...gates]);
