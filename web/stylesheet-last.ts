// A part of the console's build: the stylesheet stands behind what index.html shows. In the head it would keep even that from being shown, and
// over a slow network it takes seconds. Scripts still wait for it: nothing of the application is ever seen without its styles.
import type { Plugin } from 'vite';

export function stylesheetLast(): Plugin {
  return {
    name: 'stylesheet-last',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (page) => {
        const [link] = /<link rel="stylesheet"[^>]*>/.exec(page) ?? [];
        if (link === undefined) throw new Error('index.html has no stylesheet');
        return page.replace(link, '').replace('</body>', `  ${link}\n  </body>`);
      },
    },
  };
}
