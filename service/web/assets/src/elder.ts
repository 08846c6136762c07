// 大字: large type for the whole site, remembered for a year in the cookie `elder`.
//
//   wireElder();    // every [data-elder-switch] button; base.html writes <html data-elder> from the cookie

const YEAR_S = 365 * 24 * 3600;

function remember(name: string, value: string, seconds: number): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
}

function setElder(on: boolean): void {
  document.documentElement.toggleAttribute("data-elder", on);
  remember("elder", on ? "1" : "", on ? YEAR_S : 0);
}

/** Make the page's switches work; both words stand in the page and CSS shows the fitting one. */
export function wireElder(): void {
  for (const button of document.querySelectorAll("[data-elder-switch]")) {
    button.addEventListener("click", () => setElder(!document.documentElement.hasAttribute("data-elder")));
  }
}

/** The language links carry ?lang=…; the choice is remembered too. */
export function wireLanguage(): void {
  for (const link of document.querySelectorAll<HTMLElement>("[data-language]")) {
    link.addEventListener("click", () => remember("lang", link.dataset["language"] ?? "", YEAR_S));
  }
}
