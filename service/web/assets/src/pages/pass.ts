// The volunteer's home: the rotating pass.
import { need } from "../dom";
import { Pass } from "../pass";

new Pass(need("[data-pass]", HTMLElement)).start();
