// The passkey's card of a second step: it appears where the browser can do it, and sends the answer as a form.
import { need } from "../dom";
import { make, show } from "../passkeys";

const card = need("[data-passkey]", HTMLElement);
const form = need("form", HTMLFormElement, card);
const button = need("button", HTMLButtonElement, form);
const failed = need(".error", HTMLElement, card);
const options = JSON.parse(need("template", HTMLTemplateElement, card).content.textContent ?? "{}") as Record<string, unknown>;

async function ask(): Promise<void> {
  failed.hidden = true;
  button.disabled = true;
  try {
    const answer = await (card.dataset["passkey"] === "make" ? make(options) : show(options));
    need('input[name="passkey"]', HTMLInputElement, form).value = answer;
    form.submit();
  } catch {
    failed.hidden = false; // refused, timed out, or no passkey here: the other way stands beside it
    button.disabled = false;
  }
}

if ("PublicKeyCredential" in window) {
  card.hidden = false;
  button.addEventListener("click", () => void ask());
}
