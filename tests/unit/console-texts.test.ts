// The languages of the console say the same things: the same keys, the same values to fill in, every plural form that a language has.
import { expect, test } from 'vitest';
import { en } from '../../web/src/i18n/en/index.ts';
import { ru } from '../../web/src/i18n/ru/index.ts';

const pluralForm = /_(zero|one|two|few|many|other)$/;
const byText = (a: string, b: string): number => a.localeCompare(b);
const formsOf = (language: string): readonly string[] => new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted(byText);

function flatten(texts: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${path}${key}`, value] as const] : [...flatten(value as object, `${path}${key}.`)],
    ),
  );
}

const languages = { en: flatten(en), ru: flatten(ru) };
const namesOf = (texts: ReadonlyMap<string, string>): string[] =>
  [...new Set([...texts.keys()].map((key) => key.replace(pluralForm, '')))].toSorted((a, b) => a.localeCompare(b));

test('both languages have the same texts', () => {
  expect(languages.en.size).toBeGreaterThan(50);
  expect(namesOf(languages.ru)).toEqual(namesOf(languages.en));
});

test.each(Object.entries(languages))('%s has every plural form, and no text is empty', (language, texts) => {
  for (const name of namesOf(texts)) {
    const forms = [...texts.keys()].filter((key) => pluralForm.test(key) && key.replace(pluralForm, '') === name);
    if (forms.length === 0) continue;
    expect(forms.map((key) => pluralForm.exec(key)?.[1] ?? '').toSorted(byText)).toEqual(formsOf(language));
  }
  expect([...texts].filter(([, text]) => text.trim() === '')).toEqual([]);
});

test('the same values stand in both', () => {
  const valuesOf = ([key, text]: readonly [string, string]): readonly string[] => [
    key,
    ...new Set([...text.matchAll(/\{\{(\w+)/g)].map(([, name = '']) => name).toSorted(byText)),
  ];
  const single = [...languages.en.keys()].filter((key) => !pluralForm.test(key));
  const of = (texts: ReadonlyMap<string, string>): readonly (readonly string[])[] =>
    single.map((key) => valuesOf([key, texts.get(key) ?? '']));
  expect(of(languages.ru)).toEqual(of(languages.en));
});

test('in Russian a count of mailings is headed in the plural, and a state of messages has one word', () => {
  expect(Object.values(ru.common.mailingStatusOfMany)).toEqual(['Запланированы', 'Идут', 'На паузе', 'Завершены', 'Отменены']);
  const failed = ru.common.messageStatus.FAILED;
  expect(ru.common.messageStatusOfOne.FAILED).toBe(failed);
  for (const [key, text] of languages.ru) if (key.includes('manyFailed')) expect(text.startsWith(failed)).toBe(true);
});

test.each([
  [1, 'просмотрено с начала: 1 строка'],
  [3, 'просмотрено с начала: 3 строки'],
  [500, 'просмотрено с начала: 500 строк'],
  [2_221, 'просмотрено с начала: 2221 строка'],
])('in Russian the preview of a file agrees with %i rows', (count, words) => {
  const form = new Intl.PluralRules('ru').select(count);
  expect(languages.ru.get(`clients.fileImport.previewSome_${form}`)?.replace('{{formatted}}', String(count))).toBe(words);
});
