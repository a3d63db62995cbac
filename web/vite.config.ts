// The console's build: web/ to dist/console/, which the service serves at its root. `npm run dev:console` serves it with reloading.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressedCopies } from './compressed-copies.ts';
import { trustedDocuments } from './trusted-documents.ts';

/** Where a service runs while the console is developed. */
const service = process.env['CARILLON_URL'] ?? 'http://127.0.0.1:4000';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressedCopies(), trustedDocuments()],
  // The service puts a new one into each page that it sends (src/http/console.ts).
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // Nothing may come as a data: URL that the content security policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    // What the frame around the screens needs is one file, instead of twenty that screens happen to share.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'frame', tags: ['$initial'] }] } } },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/graphql': { target: service, ws: true },
      '^/(console|clients/import|mailings/\\d+/messages\\.csv)': { target: service },
    },
  },
});
