// The camera and the decoder (zxing-wasm, served by us, fetched at the first use only).
//
//   const camera = new Camera(video, { onText, onState });   await camera.open();   camera.close();
//   const text = await readPhoto(file);                      // <input type=file capture> fallback
//
// It never stops by itself: a lost track, a busy device or a decoder fault is reported as a state
// and tried again; a hidden page gives the camera back and takes it up again when shown.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import type { ReaderOptions } from "zxing-wasm/reader";

declare const __WASM__: string;

export type CameraState = "off" | "starting" | "on" | "denied" | "missing" | "busy";
export interface CameraEvents { onText(text: string): void; onState(state: CameraState): void }

const OPTIONS: ReaderOptions = { formats: ["QRCode"], maxNumberOfSymbols: 1, textMode: "Plain", tryHarder: true };
const WIDEST = 1280;
const REST_MS = 60;
const RETRY_MS = [1000, 2000, 5000] as const;

prepareZXingModule({
  overrides: { locateFile: (name: string) => new URL(name.endsWith(".wasm") ? __WASM__ : name, import.meta.url).href },
});

async function decode(image: ImageData | Blob): Promise<string> {
  const [found] = await readBarcodes(image, OPTIONS);
  return found?.isValid ? found.text : "";
}

/** The text of the code in a photo, or "" when there is none. */
export async function readPhoto(file: Blob): Promise<string> {
  return decode(file);
}

function why(error: unknown): CameraState {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "busy";
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** A camera that keeps looking until it is closed. */
export class Camera {
  private wanted = false;
  private faults = 0;
  private run = 0;
  private stream: MediaStream | null = null;
  private readonly canvas = document.createElement("canvas");

  constructor(private readonly video: HTMLVideoElement, private readonly events: CameraEvents) {
    video.muted = true;
    video.playsInline = true;
  }

  async open(): Promise<void> {
    if (this.wanted) return;
    this.wanted = true;
    document.addEventListener("visibilitychange", this.shown);
    navigator.mediaDevices?.addEventListener("devicechange", this.plugged);
    await this.start();
  }

  close(): void {
    this.wanted = false;
    document.removeEventListener("visibilitychange", this.shown);
    navigator.mediaDevices?.removeEventListener("devicechange", this.plugged);
    this.release();
    this.events.onState("off");
  }

  private readonly shown = (): void => {
    if (document.hidden) this.release();
    else if (!this.stream) void this.start();
  };

  private readonly plugged = (): void => {
    if (!this.stream) void this.start();
  };

  private async start(): Promise<void> {
    const run = ++this.run;
    this.events.onState("starting");
    try {
      const stream = await this.ask();
      if (run !== this.run || !this.wanted) return stopTracks(stream);
      this.stream = stream;
      await this.show(stream);
      this.faults = 0;
      this.events.onState("on");
      void this.look(run);
    } catch (error) {
      if (run === this.run) this.failed(why(error));
    }
  }

  private async ask(): Promise<MediaStream> {
    if (!navigator.mediaDevices) throw new DOMException("no camera without https", "NotFoundError");
    return navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: WIDEST }, height: { ideal: 720 } },
    });
  }

  private async show(stream: MediaStream): Promise<void> {
    for (const track of stream.getVideoTracks()) track.addEventListener("ended", () => this.failed("busy"));
    this.video.srcObject = stream;
    await this.video.play();
  }

  private failed(state: CameraState): void {
    this.release();
    if (!this.wanted) return;
    this.events.onState(state);
    if (state === "denied") return;
    const run = this.run;
    const delay = RETRY_MS[Math.min(this.faults++, RETRY_MS.length - 1)] ?? 5000;
    setTimeout(() => run === this.run && this.wanted && !document.hidden && void this.start(), delay);
  }

  private release(): void {
    this.run++;
    if (this.stream) stopTracks(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }

  /** One frame after another, resting as long as a frame took so that the page stays quick. */
  private async look(run: number): Promise<void> {
    while (run === this.run) {
      const began = performance.now();
      const text = await this.frame().catch((error: unknown) => (console.warn("frame not read", error), ""));
      if (text && run === this.run) this.events.onText(text);
      await sleep(Math.max(REST_MS, performance.now() - began));
    }
  }

  private async frame(): Promise<string> {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return "";
    const scale = Math.min(1, WIDEST / videoWidth);
    this.canvas.width = Math.round(videoWidth * scale);
    this.canvas.height = Math.round(videoHeight * scale);
    const brush = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!brush) return "";
    brush.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return decode(brush.getImageData(0, 0, this.canvas.width, this.canvas.height));
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
