// The commands of README and docs/: what a page tells its reader to type, as it stands there.
import { readFileSync, readdirSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** What a block may need that no test has; it is said behind the word `sh`. */
export const marks = ['docker', 'cluster', 'postgresql'] as const;

export interface Block {
  readonly page: string;
  readonly language: string;
  /** Empty: somebody runs it. */
  readonly mark: string;
  readonly text: string;
}

/** README in every language, and docs/ without its decisions, which tell and do not instruct. */
export function documentedPages(): readonly string[] {
  const readmes = readdirSync(root).filter((name) => /^README(\.\w+)?\.md$/.test(name));
  const pages = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
  return [...readmes, ...pages.map((name) => `docs/${name}`)];
}

export function blocksOf(page: string, markdown = readFileSync(new URL(page, root), 'utf8')): readonly Block[] {
  return [...markdown.matchAll(/^```(\S+)(?: (.*))?\n([^]*?)^```$/gm)].map(([, language = '', mark = '', text = '']) => ({
    page,
    language,
    mark,
    text,
  }));
}

/** The one block of a page that begins so; without comments behind commands. An error of the test when there is none, or another one. */
export function documented(page: string, begin: string): string {
  const found = blocksOf(page).filter(({ text }) => text.startsWith(begin));
  if (found.length !== 1) throw new Error(`${page}: ${found.length} blocks begin with ${begin}`);
  return withoutComments(found[0]?.text ?? '');
}

export function withoutComments(text: string): string {
  return text.replaceAll(/ {2,}#.*$/gm, '');
}
