// Digits typed on our own keypad, on a keyboard or pasted.
//
//   const digits = new Digits(root, { onChange?, onFull? });   digits.value   digits.clear()   digits.refuse()
//
// Markup (macros digit_boxes / bead_row / keypad): root holds either `.digits > input` boxes or `.beads > i`
// beads (a PIN: the digits are never shown), any number of [data-digit="7"] | [data-digit="clear"] |
// [data-digit="back"] buttons, and may hold <input type="hidden" data-digits-value> for a plain form and a
// submit button [data-digits-submit] that is disabled until all digits are there (data-missing="{n} missing").

export interface DigitEvents {
  onChange?(value: string): void;
  onFull?(value: string): void;
}

export class Digits {
  value = "";
  readonly length: number;
  private readonly boxes: readonly HTMLInputElement[];
  private readonly beads: readonly HTMLElement[];

  constructor(private readonly root: HTMLElement, private readonly events: DigitEvents = {}) {
    this.boxes = [...root.querySelectorAll<HTMLInputElement>(".digits > input")];
    this.beads = [...root.querySelectorAll<HTMLElement>(".beads > i")];
    this.length = this.boxes.length || this.beads.length;
    for (const key of root.querySelectorAll<HTMLElement>("[data-digit]")) {
      key.addEventListener("click", () => this.press(key.dataset["digit"] ?? ""));
    }
    this.boxes.forEach((box, at) => this.wire(box, at));
    root.addEventListener("paste", (event) => this.paste(event));
    this.draw();
  }

  clear(): void {
    this.set("");
  }

  /** The digits were wrong: empty them, mark them, start again at the first. */
  refuse(): void {
    this.clear();
    this.root.setAttribute("data-wrong", "");
    this.boxes[0]?.focus();
  }

  press(key: string): void {
    if (key === "clear") this.clear();
    else if (key === "back") this.set(this.value.slice(0, -1));
    else if (/^\d$/.test(key)) this.set(this.value + key);
  }

  private set(value: string): void {
    const next = value.replace(/\D/g, "").slice(0, this.length);
    const changed = next !== this.value;
    this.value = next;
    this.root.removeAttribute("data-wrong");
    this.draw();
    if (!changed) return;
    this.events.onChange?.(next);
    if (next.length === this.length) this.events.onFull?.(next);
  }

  private wire(box: HTMLInputElement, at: number): void {
    box.addEventListener("focus", () => box.select());
    box.addEventListener("input", () => {
      const typed = box.value.normalize("NFKC").replace(/\D/g, "");
      this.set(this.value.slice(0, at) + typed + this.value.slice(at + typed.length));
      this.boxes[Math.min(this.value.length, this.length - 1)]?.focus();
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Backspace") return;
      event.preventDefault();
      this.press("back");
      this.boxes[this.value.length]?.focus();
    });
  }

  private paste(event: ClipboardEvent): void {
    event.preventDefault();
    this.set((event.clipboardData?.getData("text") ?? "").normalize("NFKC"));
  }

  private draw(): void {
    const count = this.value.length;
    this.boxes.forEach((box, at) => {
      box.value = this.value.charAt(at);
      box.classList.toggle("now", at === count);
    });
    this.beads.forEach((bead, at) => bead.classList.toggle("on", at < count));
    this.drawCount(count);
    const field = this.root.querySelector<HTMLInputElement>("[data-digits-value]");
    if (field) field.value = this.value;
  }

  private drawCount(count: number): void {
    const row = this.root.querySelector<HTMLElement>(".beads");
    const said = row?.dataset["said"];
    if (row && said) row.setAttribute("aria-label", said.replace("{n}", String(count)));
    const submit = this.root.querySelector<HTMLButtonElement>("[data-digits-submit]");
    if (!submit) return;
    submit.dataset["ready"] ??= submit.textContent ?? "";
    const missing = this.length - count;
    submit.disabled = missing > 0;
    const waiting = submit.dataset["missing"]?.replace("{n}", String(missing)) ?? submit.dataset["ready"];
    submit.textContent = missing ? waiting : submit.dataset["ready"];
  }
}
