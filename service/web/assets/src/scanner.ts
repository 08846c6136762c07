// The one scanner of gate and till: camera, keyboard scanner, photo and typed text in; our codes out.
//
//   const scanner = new Scanner({
//     onCode: ({ code, source }) => …,         // code.kind, code.path: send code.path as `code`
//     onForeign: ({ reason, source }) => …,    // "foreign" | "unknown" | "check": say so; nothing is sent
//     onCamera: (state) => …,                  // "off" "starting" "on" "denied" "missing" "busy"
//   });
//   scanner.listen();                          // keyboard scanner, at once and for the page's life
//   await scanner.openCamera(video);           // loads the decoder (0.4 MB) the first time
//   scanner.take(text, "typed");               // own keypad or search field; also reads card numbers (kind "number")
//   await scanner.photo(file);                 // <input type=file capture>; resolves false: no code seen
//   scanner.paused = true;                     // PIN entry: hears nothing until false again
//   scanner.forget();                          // let the same code count again at once
//   scanner.close();
//
// One code counts once: again only after 2.5 s (camera: 2.5 s out of sight). An error in a handler is
// reported to the console and never stops the scanner. A text that is not ours is never requested or opened.

import type { Camera, CameraState } from "./camera";
import { clean, readCode, readTyped } from "./codes";
import type { Code, Refusal } from "./codes";
import { listenToWedge } from "./wedge";

export type { CameraState } from "./camera";
export type { Code, Kind, Refusal } from "./codes";
export type Source = "camera" | "wedge" | "photo" | "typed";
export interface CodeEvent { readonly code: Code; readonly source: Source }
export interface ForeignEvent { readonly reason: Refusal; readonly text: string; readonly source: Source }
export interface ScannerEvents {
  onCode(event: CodeEvent): void | Promise<void>;
  onForeign(event: ForeignEvent): void | Promise<void>;
  onCamera?(state: CameraState): void;
}

const AGAIN_MS = 2500;

export class Scanner {
  /** While true every reading is dropped: somebody is typing a PIN. */
  paused = false;
  private camera: Camera | null = null;
  private stopWedge: (() => void) | null = null;
  private readonly seen = new Map<string, number>();

  constructor(private readonly events: ScannerEvents) {}

  listen(): void {
    this.stopWedge ??= listenToWedge((text) => this.take(text, "wedge"), (text) => readCode(text).ok);
  }

  async openCamera(video: HTMLVideoElement): Promise<void> {
    if (this.camera) return;
    const module = await import("./camera");
    this.camera ??= new module.Camera(video, {
      onText: (text) => this.take(text, "camera"),
      onState: (state) => this.events.onCamera?.(state),
    });
    await this.camera.open();
  }

  closeCamera(): void {
    this.camera?.close();
    this.camera = null;
  }

  async photo(file: Blob): Promise<boolean> {
    const { readPhoto } = await import("./camera");
    const text = await readPhoto(file).catch(() => "");
    if (text) this.take(text, "photo");
    return text !== "";
  }

  take(raw: string, source: Source): void {
    const text = clean(raw);
    if (this.paused || !text) return;
    const reading = source === "typed" ? readTyped(text) : readCode(text);
    if (this.repeated(reading.ok ? reading.code.path : text, source)) return;
    if (reading.ok) this.tell(() => this.events.onCode({ code: reading.code, source }));
    else this.tell(() => this.events.onForeign({ reason: reading.reason, text: reading.text, source }));
  }

  forget(): void {
    this.seen.clear();
  }

  close(): void {
    this.closeCamera();
    this.stopWedge?.();
    this.stopWedge = null;
  }

  /** Each sighting by camera renews the pause: a card left lying under it counts once. */
  private repeated(key: string, source: Source): boolean {
    const now = performance.now();
    for (const [old, at] of this.seen) if (now - at >= AGAIN_MS) this.seen.delete(old);
    const known = this.seen.has(key) && source !== "typed";
    if (!known || source === "camera") this.seen.set(key, now);
    return known;
  }

  private tell(act: () => void | Promise<void>): void {
    try {
      void Promise.resolve(act()).catch(report);
    } catch (error) {
      report(error);
    }
  }
}

function report(error: unknown): void {
  console.error("a scan's handler failed; the scanner goes on", error);
}
