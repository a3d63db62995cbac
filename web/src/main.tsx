// The page's program: styles, language, settings of the service, then the application.
import '@mantine/core/styles.layer.css';
import '@mantine/dates/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import 'uplot/dist/uPlot.min.css';
import './app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadTexts, startLanguage } from './i18n/language.ts';
import { loadAhead } from './load-ahead.ts';
import { loadScreenOf, screenLoads } from './screens.tsx';
import { enter } from './session/entrance.ts';
import { shareStyleNonce } from './style-nonce.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id root');
shareStyleNonce();
// Asked for while the texts come, and not to be waited for here: what they load needs this module, which is complete when the texts are
// there. Whether they failed is seen where they are waited for.
enter(0).catch(() => undefined);
void loadScreenOf(location.pathname).then(async () => loadAhead([...screenLoads, loadTexts]));
await startLanguage().then(
  () =>
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    ),
  // Without texts there is nothing to show but what index.html has.
  () => {
    document.getElementById('coming')?.remove();
    document.getElementById('not-loaded')?.removeAttribute('hidden');
  },
);
