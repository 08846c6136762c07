// Small typed helpers for server-rendered pages: find what must be there, build what is missing.
//
//   const panel = need("#result", HTMLElement);
//   const words = wordsOf("#words");  words("left", { n: 3 })     // template macro: words({...})
//   icon("ok") -> <svg class="i" aria-hidden><use href="/static/icons.svg#ok">

/** The element that the page must have; a page without it is a mistake of ours, said at once. */
export function need<T extends Element>(selector: string, type: new () => T, within: ParentNode = document): T {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of /static/icons.svg, hidden from screen readers: a word always stands beside it. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

type Child = Node | string | null | undefined;

/** An element with a class and children; texts are texts, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined));
  return element;
}

/** `otherwise` names the sentence for keys that the service may add before the page knows them. */
export type Words = (key: string, values?: Readonly<Record<string, string | number>>, otherwise?: string) => string;

/** The page's translated sentences, written by the macro `words` into a <template>. */
export function wordsOf(selector = "#words"): Words {
  const text = document.querySelector<HTMLTemplateElement>(selector)?.content.textContent ?? "{}";
  const known = JSON.parse(text) as Record<string, string>;
  return (key, values = {}, otherwise = key) => {
    const sentence = known[key] ?? known[otherwise];
    if (sentence === undefined) throw new Error(`the page has no words for ${key}`);
    return sentence.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
  };
}

/** 1234 -> "1,234", −60 with a true minus sign. */
export function points(amount: number): string {
  return Math.abs(amount).toString().replace(/\B(?=(\d{3})+$)/g, ",").replace(/^/, amount < 0 ? "\u2212" : "");
}

/** Fen to yuan, as text: 1250 -> "12.50". */
export function yuan(fen: number): string {
  const whole = Math.abs(fen);
  return `${points(Math.sign(fen) * Math.floor(whole / 100))}.${String(whole % 100).padStart(2, "0")}`;
}
