// Sends a file to the service. The browser reads it from the disk as it goes; XMLHttpRequest, because fetch does not say how much has gone out.
import type { SessionStore } from '../../session/session.ts';
import { toImportEnd } from './import-answer.ts';
import type { ImportConflict, ImportEnd } from './import-answer.ts';

interface UploadOptions {
  readonly session: SessionStore;
  readonly file: Blob;
  readonly onConflict: ImportConflict;
  readonly onSent: (bytes: number) => void;
}

export interface Upload {
  /** Never rejects. */
  readonly end: Promise<ImportEnd>;
  cancel(): void;
}

export function startUpload({ session, file, onConflict, onSent }: UploadOptions): Upload {
  const request = new XMLHttpRequest();
  let isCancelled = false;
  const { promise, resolve } = Promise.withResolvers<ImportEnd>();
  request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
  request.addEventListener('load', () => {
    if (request.status === 401) session.refused();
    resolve(toImportEnd(request.status, request.responseText));
  });
  request.addEventListener('error', () => resolve({ kind: 'cut-off' }));
  request.addEventListener('abort', () => resolve({ kind: 'cancelled' }));

  const send = async (): Promise<void> => {
    const token = await session.token();
    if (isCancelled) return;
    request.open('POST', `/clients/import?onConflict=${onConflict}`);
    request.setRequestHeader('content-type', 'text/csv');
    if (token !== null) request.setRequestHeader('authorization', `Bearer ${token}`);
    request.send(file);
  };
  send().catch(() => resolve({ kind: 'cut-off' }));
  return {
    end: promise,
    cancel: () => {
      isCancelled = true;
      request.abort();
      // Before anything was sent, nothing tells of the end.
      resolve({ kind: 'cancelled' });
    },
  };
}
