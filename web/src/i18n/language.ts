// The console's language: chosen once by the browser, then by the operator; each language is a chunk of its own.
import i18next from 'i18next';
import type { ResourceLanguage } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { en } from './en/index.ts';
import { showMissingTexts } from './missing-texts.tsx';

export const languages = { en: 'English', ru: 'Русский' } as const;
export type Language = keyof typeof languages;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof en;
  }
}

const storageKey = 'carillon.language';

export async function startLanguage(): Promise<void> {
  const language = chosenLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: await load(language) },
    defaultNS: 'common',
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language;
}

/** Never rejects: a language whose texts do not come is that of the next page, and the operator is told. */
export async function changeLanguage(language: Language): Promise<void> {
  remember(language);
  const texts = await load(language).catch(() => null);
  if (texts === null) return showMissingTexts();
  for (const [namespace, bundle] of Object.entries(texts)) i18next.addResourceBundle(language, namespace, bundle);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Of every language, for whoever changes it without a network. Never rejects. */
export async function loadTexts(): Promise<void> {
  await Promise.allSettled((Object.keys(languages) as Language[]).map(load));
}

function chosenLanguage(): Language {
  const wanted = [remembered(), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
  return wanted.find(isLanguage) ?? 'en';
}

function isLanguage(word: string | null): word is Language {
  return word !== null && Object.hasOwn(languages, word);
}

async function load(language: Language): Promise<ResourceLanguage> {
  switch (language) {
    case 'en':
      return (await import('./en/index.ts')).en;
    case 'ru':
      return (await import('./ru/index.ts')).ru;
    default:
      return language satisfies never;
  }
}

/** Storage may be forbidden: then the choice lasts as long as the page. */
function remembered(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function remember(language: Language): void {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // As above.
  }
}
