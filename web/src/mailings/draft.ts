// What was entered and not yet saved, kept in the tab: it outlives a reload, a sign-in and a crash of the page.

export interface Draft<Content> {
  read(): Content | null;
  write(content: Content): void;
  clear(): void;
}

/** Another number: drafts of earlier versions of the console are forgotten. */
const FORMAT = 1;

/** Storage may be forbidden or full: then the draft lasts as long as the page. `isContent` guards against what else may be stored there. */
export function makeDraft<Content>(
  name: string,
  isContent: (value: unknown) => value is Content,
  storage: Storage = sessionStorage,
): Draft<Content> {
  const key = `carillon.draft.${FORMAT}.${name}`;
  return {
    read: () => {
      try {
        const value: unknown = JSON.parse(storage.getItem(key) ?? 'null');
        return isContent(value) ? value : null;
      } catch {
        return null;
      }
    },
    write: (content) => {
      try {
        storage.setItem(key, JSON.stringify(content));
      } catch {
        // As above.
      }
    },
    clear: () => {
      try {
        storage.removeItem(key);
      } catch {
        // As above.
      }
    },
  };
}
