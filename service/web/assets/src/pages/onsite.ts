// The leader's screen: asks for the next code when this one is over; says so when it cannot.
import { get } from "../api";
import { need, wordsOf } from "../dom";

interface Shown { readonly svg: string; readonly digits: string; readonly expires_at: string; readonly server_time: string }

const RETRY_MS = 2000;
const card = need("[data-onsite]", HTMLElement);
const image = need("#onsite-code", HTMLImageElement);
const digits = need("#onsite-digits", HTMLElement);
const note = need("#onsite-note", HTMLElement);
const words = wordsOf("#onsite-words");

function say(sentence: string): void {
  if (note.textContent !== sentence) note.textContent = sentence;
}

/** Show one code and ask for the next when the server says that it is due; our own clock may be wrong. */
async function renew(): Promise<void> {
  let wait = RETRY_MS;
  try {
    const { data } = await get<Shown>(card.dataset["onsite"] ?? "");
    image.src = data.svg;
    digits.textContent = `${data.digits.slice(0, 3)} ${data.digits.slice(3)}`;
    wait = Math.max(500, Date.parse(data.expires_at) - Date.parse(data.server_time) + 200);
    say(words("live"));
  } catch {
    say(words("offline"));
  }
  setTimeout(() => void renew(), Math.min(wait, 20_000));
}

void renew();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") location.reload();
});
