// Closed sets of words as GraphQL enums: the word is the name and the value, and every word is described.
import { registerEnumType } from 'type-graphql';

/** Registers the enum and returns the object that decorators take as its type. */
export function defineEnum<Word extends string>(
  name: string,
  description: string,
  words: Readonly<Record<Word, string>>,
): { readonly [Each in Word]: Each } {
  const entries = Object.entries<string>(words);
  const values = Object.fromEntries(entries.map(([word]) => [word, word])) as { readonly [Each in Word]: Each };
  registerEnumType(values, {
    name,
    description,
    valuesConfig: Object.fromEntries(entries.map(([word, meaning]) => [word, { description: meaning }])) as Record<
      Word,
      { description: string }
    >,
  });
  return values;
}
