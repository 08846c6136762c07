// Pages that change by themselves: one look at what is shown, again whenever the server says that something
// changed, and every few seconds where no stream can be had.
//
//   follow(async () => {                       // looks, draws, returns the answer's Aixin-Live header
//     const { data, live } = await get<Count>("/api/v1/...");
//     draw(data);
//     return live;
//   });
//
// - The stream carries no figures: what is seen is always the answer to an ordinary request.
// - Nobody looks while the page is hidden; it catches up when it is seen again.
// - At most one look a second, however much happens.

export type Look = () => Promise<string | null>;

const POLL_MS = 15_000;
const HURRY_MS = 2_000; // somebody waits for what is being done: [data-hurry] stands in the page
const SURE_MS = 60_000; // with a stream: a call may have been lost
const GAP_MS = 1000;

class Follower {
  private stream: EventSource | null = null;
  private timer = 0;
  private looking = false;
  private asked = false;
  private last = 0;

  constructor(private readonly look: Look) {}

  /** Look once, then whenever it is called for. */
  async start(): Promise<void> {
    document.addEventListener("visibilitychange", () => this.turn());
    window.addEventListener("online", () => this.call());
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.turn());
    await this.once();
  }

  private turn(): void {
    if (document.hidden) this.close();
    else this.call();
  }

  /** Something changed, or nobody looked for a while. */
  private call(): void {
    if (document.hidden) return;
    this.asked = true;
    clearTimeout(this.timer);
    const wait = Math.max(0, this.last + GAP_MS - Date.now());
    this.timer = window.setTimeout(() => void this.once(), Math.min(wait, GAP_MS));
  }

  private async once(): Promise<void> {
    if (this.looking) return; // it calls again at its end
    this.looking = true;
    this.asked = false;
    this.last = Date.now();
    const address = await this.look().catch((failure: unknown) => {
      console.warn("not looked", failure);
      return null;
    });
    this.looking = false;
    if (address && !this.stream && !document.hidden) this.open(address);
    if (this.asked) this.call();
    else this.rest();
  }

  private rest(): void {
    clearTimeout(this.timer);
    const calm = this.stream ? SURE_MS : POLL_MS;
    const wait = document.querySelector("[data-hurry]") ? HURRY_MS : calm;
    if (!document.hidden) this.timer = window.setTimeout(() => this.call(), wait);
  }

  private open(address: string): void {
    const stream = new EventSource(address);
    this.stream = stream;
    stream.addEventListener("changed", () => this.call());
    stream.addEventListener("over", () => {
      this.close();
      this.call(); // a new look brings a new ticket
    });
    stream.addEventListener("error", () => {
      if (this.stream !== stream) return;
      this.close();
      this.rest();
    });
  }

  private close(): void {
    this.stream?.close();
    this.stream = null;
    clearTimeout(this.timer);
  }
}

/** Resolves after the first look, however it went. */
export const follow = (look: Look): Promise<void> => new Follower(look).start();
