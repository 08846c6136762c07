// The queue as a file: for the day on which this device will not see the network again.

import type { Clock } from "../offline/clock";
import type { Item } from "./store";

export const FORMAT = "aixin-gate-queue/1";

/** The queues as JSON, one per activity, each of them a batch as the API takes it. */
export function exported(items: readonly Item[], clock: Clock): string {
  const activities = [...new Set(items.map((item) => item.activity))];
  const queues = activities.map((activity) => ({
    activity,
    scans: items.filter((item) => item.activity === activity).map((item) => item.reading),
  }));
  return JSON.stringify({ format: FORMAT, ...clock.sending(), queues }, null, 1);
}

/** Hand a text to the browser as a download. */
export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
