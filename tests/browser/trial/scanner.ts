// The scanner alone, on a page of the tests: what it says is written where the test can read it.
import { need } from "../../../service/web/assets/src/dom";
import { Feedback } from "../../../service/web/assets/src/feedback";
import { Scanner } from "../../../service/web/assets/src/scanner";

const said = need("#said", HTMLElement);
const feedback = new Feedback(need("#result", HTMLElement));

function say(line: string): void {
  const row = document.createElement("li");
  row.textContent = line;
  said.append(row);
}

const scanner = new Scanner({
  onCode: ({ code, source }) => {
    say(`${source} ${code.kind} ${code.path}`);
    feedback.show({ meaning: "ok", title: code.kind, detail: code.tail });
    if (code.tail === "boom") throw new Error("a handler that fails");
  },
  onForeign: ({ reason, source }) => {
    say(`${source} ${reason}`);
    feedback.show({ meaning: "bad", title: reason });
  },
  onCamera: (state) => need("#camera", HTMLElement).setAttribute("data-state", state),
});

scanner.listen();
need("#open", HTMLButtonElement).addEventListener("click", () => void scanner.openCamera(need("video", HTMLVideoElement)));
need("#close", HTMLButtonElement).addEventListener("click", () => scanner.closeCamera());
need("#press", HTMLButtonElement).addEventListener("click", () => say("pressed"));
need("#hold", HTMLButtonElement).addEventListener("click", () => (scanner.paused = !scanner.paused));
need("#number", HTMLInputElement).addEventListener("change", (event) => scanner.take((event.target as HTMLInputElement).value, "typed"));
need("#photo", HTMLInputElement).addEventListener("change", async (event) => {
  const [file] = (event.target as HTMLInputElement).files ?? [];
  if (file && !(await scanner.photo(file))) say("no code in the photo");
});
document.documentElement.dataset["ready"] = "yes";
