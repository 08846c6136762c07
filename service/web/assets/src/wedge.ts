// A hand-held scanner is a keyboard that types very fast. This listener tells its bursts from a
// person's typing, wherever the focus is, and hands over whole texts.
//
//   const stop = listenToWedge((text) => …, (text) => readCode(text).ok);   stop();
//
// - Begins with 4 keys at less than 50 ms from each other, which no hand does; later gaps may be longer.
// - Ends at Enter, Tab, Ctrl-J / Ctrl-M (scanners that send LF or CR), or 150 ms of silence.
// - A radio scanner that wakes up may stumble after its first keys: they are kept 400 ms, and used only
//   when the text reads as a code with them and not without.
// - Works under a Chinese input method: then `key` is "Process" and the physical key is read.
// - While a burst runs no button is pressed and no field keeps its characters.
// - A person's typing is never lost: what turns out to be no scan is put back.

interface Burst {
  text: string;
  last: number;
  readonly field: Field | null;
  readonly before: string;
  swallowed: string;
  /** What was typed just before, perhaps by the same scanner. */
  readonly earlier: Burst | null;
}

type Field = HTMLInputElement | HTMLTextAreaElement;

const FASTEST_PERSON_MS = 50;
const SURELY_A_SCANNER = 4;
const SILENCE_MS = 150;
const STUMBLE_MS = 400;
const SHORTEST = 6;
const LONGEST = 512;
const SHIFTED: Readonly<Record<string, string>> = {
  Minus: "_", Equal: "+", Slash: "?", Period: ">", Comma: "<", Semicolon: ":", Quote: '"', Backquote: "~",
  Digit1: "!", Digit2: "@", Digit3: "#", Digit4: "$", Digit5: "%", Digit6: "^", Digit7: "&", Digit8: "*", Digit9: "(", Digit0: ")",
  BracketLeft: "{", BracketRight: "}", Backslash: "|",
};
const PLAIN: Readonly<Record<string, string>> = {
  Minus: "-", Equal: "=", Slash: "/", Period: ".", Comma: ",", Semicolon: ";", Quote: "'", Backquote: "`",
  BracketLeft: "[", BracketRight: "]", Backslash: "\\", Space: " ",
  NumpadDecimal: ".", NumpadDivide: "/", NumpadMultiply: "*", NumpadSubtract: "-", NumpadAdd: "+",
};

function physical(event: KeyboardEvent): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  if (event.shiftKey) return SHIFTED[event.code] ?? "";
  return PLAIN[event.code] ?? /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? "";
}

/** A scanner knows nothing of the keyboard's Caps Lock: undo what it did to a letter. */
function asSent(event: KeyboardEvent): string {
  if (!/[a-z]/i.test(event.key) || !event.getModifierState("CapsLock")) return event.key;
  return event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
}

/** The character of a key press, whatever input method is on; "" for keys that write nothing. */
export function character(event: KeyboardEvent): string {
  if (event.ctrlKey || event.metaKey || event.altKey) return "";
  if (event.key.length === 1 && event.key.charCodeAt(0) < 0x80) return asSent(event);
  const hidden = event.key === "Process" || event.key === "Unidentified" || event.key.length === 1;
  return hidden ? physical(event) : "";
}

function endsBurst(event: KeyboardEvent): boolean {
  if (event.ctrlKey) return event.code === "KeyJ" || event.code === "KeyM";
  return event.key === "Enter" || event.key === "Tab" || event.code === "Enter" || event.code === "NumpadEnter";
}

/** How late a busy machine hears a key: the next one will come as late. */
function behind(event: KeyboardEvent): number {
  return Math.max(0, performance.now() - event.timeStamp);
}

function focusedField(): Field | null {
  const focused = document.activeElement;
  return focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement ? focused : null;
}

function silence(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function write(field: Field, value: string): void {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function putBack(field: Field, text: string): void {
  const caret = field.selectionStart ?? field.value.length;
  write(field, field.value.slice(0, caret) + text + field.value.slice(caret));
  if (field.selectionStart !== null) field.setSelectionRange(caret + text.length, caret + text.length);
}

class Wedge {
  private burst: Burst | null = null;
  private stumbled: Burst | null = null;
  private timer = 0;

  constructor(
    private readonly heard: (text: string) => void,
    private readonly reads: (text: string) => boolean,
  ) {}

  readonly onKey = (event: KeyboardEvent): void => {
    if (!(event instanceof KeyboardEvent)) return;
    if (event.repeat) return this.abandon();
    if (endsBurst(event)) return this.end(event);
    const typed = character(event);
    if (typed) this.add(typed, event);
  };

  /** Key-ups of a burst would press a focused button (Space) or reach a page's own shortcuts. */
  readonly onKeyUp = (event: KeyboardEvent): void => {
    if (this.burst && this.burst.text.length > 2) silence(event);
  };

  private add(typed: string, event: KeyboardEvent): void {
    const burst = this.continued(event) ?? this.begin(event);
    const certain = burst.text.length >= 2;
    if (burst.text.length < LONGEST) burst.text += typed;
    burst.last = event.timeStamp;
    if (certain) {
      burst.swallowed += typed;
      silence(event);
    }
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.pause(), SILENCE_MS + behind(event));
  }

  private continued(event: KeyboardEvent): Burst | null {
    const burst = this.burst;
    if (!burst) return null;
    const patience = burst.text.length < SURELY_A_SCANNER ? FASTEST_PERSON_MS : SILENCE_MS;
    if (event.timeStamp - burst.last > patience) this.abandon();
    return this.burst;
  }

  private begin(event: KeyboardEvent): Burst {
    const field = focusedField();
    const near = this.stumbled && event.timeStamp - this.stumbled.last < STUMBLE_MS;
    const earlier = near ? this.stumbled : null;
    this.burst = { text: "", last: 0, field, before: field?.value ?? "", swallowed: "", earlier };
    return this.burst;
  }

  private end(event: KeyboardEvent): void {
    const burst = this.burst;
    if (!burst) return;
    if (burst.text.length < SHORTEST) return this.abandon();
    silence(event);
    this.finish(burst);
  }

  private pause(): void {
    const burst = this.burst;
    if (burst && burst.text.length >= SHORTEST) this.finish(burst);
    else this.abandon();
  }

  private finish(burst: Burst): void {
    this.forget();
    const [text, first] = this.whole(burst);
    if (first.field && first.field.value !== first.before) write(first.field, first.before);
    this.heard(text);
  }

  /** The text, and the burst it began with. */
  private whole(burst: Burst): readonly [string, Burst] {
    let text = burst.text;
    if (this.reads(text)) return [text, burst];
    for (let first = burst.earlier; first; first = first.earlier) {
      text = first.text + text;
      if (this.reads(text)) return [text, first];
    }
    return [burst.text, burst];
  }

  private abandon(): void {
    const burst = this.burst;
    this.forget();
    this.stumbled = burst;
    if (burst?.field && burst.swallowed) putBack(burst.field, burst.swallowed);
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.burst = this.stumbled = null;
  }
}

/** Hear every burst of a keyboard scanner in this page; returns the function that stops it. */
export function listenToWedge(heard: (text: string) => void, reads: (text: string) => boolean): () => void {
  const wedge = new Wedge(heard, reads);
  window.addEventListener("keydown", wedge.onKey, true);
  window.addEventListener("keyup", wedge.onKeyUp, true);
  return () => {
    window.removeEventListener("keydown", wedge.onKey, true);
    window.removeEventListener("keyup", wedge.onKeyUp, true);
  };
}
