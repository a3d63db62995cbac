// The import that is chosen, under way, or over. It outlives the screen: an operator may look elsewhere while a large file goes out.
import { useSyncExternalStore } from 'react';
import { serviceNow } from '../../api/service-clock.ts';
import type { SessionStore } from '../../session/session.ts';
import type { HeadTable } from './file-head.ts';
import type { ImportConflict, ImportEnd } from './import-answer.ts';
import { startUpload } from './upload.ts';
import type { Upload } from './upload.ts';

export interface ChosenFile {
  readonly file: File;
  readonly table: HeadTable;
}

export type ImportState =
  | { readonly step: 'choosing' }
  | ({
      readonly step: 'uploading';
      readonly sentBytes: number;
      /** Milliseconds since the epoch. */
      readonly startedAt: number;
    } & ChosenFile)
  | ({ readonly step: 'over'; readonly end: ImportEnd; readonly onConflict: ImportConflict } & ChosenFile);

let state: ImportState = { step: 'choosing' };
let upload: Upload | null = null;
const listeners = new Set<() => void>();

export function useImportState(): ImportState {
  return useSyncExternalStore(watchImport, currentImport);
}

export function startImport(session: SessionStore, chosen: ChosenFile, onConflict: ImportConflict): void {
  if (state.step === 'uploading') return;
  const startedAt = serviceNow();
  const current = startUpload({
    session,
    file: chosen.file,
    onConflict,
    onSent: (sentBytes) => become({ step: 'uploading', ...chosen, startedAt, sentBytes: Math.min(sentBytes, chosen.file.size) }),
  });
  upload = current;
  become({ step: 'uploading', ...chosen, startedAt, sentBytes: 0 });
  addEventListener('beforeunload', warn);
  void current.end.then((end) => {
    removeEventListener('beforeunload', warn);
    upload = null;
    become({ step: 'over', ...chosen, onConflict, end });
  });
}

export function cancelImport(): void {
  upload?.cancel();
}

export function forgetImport(): void {
  if (state.step !== 'uploading') become({ step: 'choosing' });
}

function watchImport(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function currentImport(): ImportState {
  return state;
}

function become(next: ImportState): void {
  state = next;
  for (const listener of listeners) listener();
}

/** The browser asks whether to leave. */
function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
