// A page under the keyboard alone: which of its controls Tab reaches, and whether one sees where it is.
import type { Locator, Page } from 'playwright-core';

const controls = 'a[href], button, input, select, textarea, [role=button], [role=link], [tabindex="0"]';

/** How many stops of Tab are in a part of the page. */
export async function tabbable(part: Locator): Promise<number> {
  return part.locator(controls).evaluateAll((elements) => elements.filter((element) => element.checkVisibility()).length);
}

export interface KeyboardFaults {
  /** What can be operated and is no stop of Tab. */
  readonly missed: readonly string[];
  /** Stops that look the same with the focus and without it. */
  readonly unseen: readonly string[];
}

/** Presses Tab from the top of the page to its end. */
export async function neverFocused(page: Page): Promise<KeyboardFaults> {
  await page.evaluate(note, controls);
  const stops = await page.evaluate(() => document.querySelectorAll('[data-stop]').length);
  for (let press = 0; press < stops + 20; press += 1) {
    await page.keyboard.press('Tab');
    const isEnd = await page.evaluate(look);
    if (isEnd && press > 0) break;
  }
  return page.evaluate(() => {
    const words = (element: Element): string =>
      `${element.tagName.toLowerCase()} ${element.getAttribute('aria-label') ?? element.textContent?.slice(0, 40) ?? ''}`.trim();
    return {
      missed: [...document.querySelectorAll('[data-stop=not-yet]')].map(words),
      unseen: [...document.querySelectorAll('[data-stop=unseen]')].map(words),
    };
  });
}

/** Marks every control that is to be reached; of radio buttons under one name Tab stops at one. */
function note(selector: string): void {
  const looks = new WeakMap<Element, string>();
  const lookOf = (element: Element): string =>
    // Some fields are drawn by what is around them.
    [element, element.parentElement, element.parentElement?.parentElement ?? null, ...(element.parentElement?.children ?? [])]
      .filter((one) => one !== null)
      .map((one) => {
        const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(one);
        return `${outline} ${boxShadow} ${borderColor} ${backgroundColor}`;
      })
      .join('|');
  Object.assign(globalThis, { lookOf, looks });
  (document.activeElement as HTMLElement | null)?.blur();
  const groups = new Set<string>();
  for (const element of document.querySelectorAll<HTMLElement>(selector)) {
    if (!element.checkVisibility() || element.tabIndex < 0 || element.matches(':disabled, [inert] *, .skip-link')) continue;
    if (element instanceof HTMLInputElement && element.type === 'radio') {
      if (groups.has(element.name)) continue;
      groups.add(element.name);
      document.querySelector(`input[name="${element.name}"]:checked`)?.setAttribute('data-stop', 'not-yet');
      continue;
    }
    element.dataset['stop'] = 'not-yet';
    looks.set(element, lookOf(element));
  }
}

/** Notes that the focused control was reached; true at the end of the page, where no control has the focus. */
function look(): boolean {
  const { lookOf, looks } = globalThis as unknown as { lookOf: (element: Element) => string; looks: WeakMap<Element, string> };
  const focused = document.activeElement;
  if (focused === null || focused === document.body) return true;
  const before = looks.get(focused);
  focused.setAttribute('data-stop', before !== undefined && before === lookOf(focused) ? 'unseen' : 'seen');
  return false;
}
