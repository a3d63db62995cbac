// CHANGELOG.md, as far as scripts read it. Pure.

/** What stands below `## [title]`, up to the next version; null when there is no such heading. */
export function readSection(changelog: string, title: string): string | null {
  const sections = changelog.split(/^## /m).slice(1);
  return sections.find((section) => section.startsWith(`[${title}]`))?.replace(/^.*\n?/, '') ?? null;
}
