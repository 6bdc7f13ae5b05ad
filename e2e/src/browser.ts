import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const browsers = ['chromium', 'chromium-browser', 'google-chrome'] as const;
const timeoutMs = 60_000;

/**
 * What a browser makes of a page in a file: the document after it was laid out, as markup. Undefined where this machine has
 * no browser.
 *
 * @throws Error when the browser does not come to an end, or shows nothing
 */
export function inBrowser(path: string): string | undefined {
  const browser = browsers.find((name) => spawnSync(name, ['--version']).status === 0);
  if (browser === undefined) return undefined;
  const profile = mkdtempSync(join(tmpdir(), 'keelson-browser-'));
  try {
    const flags = ['--headless', '--disable-gpu', `--user-data-dir=${profile}`];
    // A browser of the root user does not start with its own isolation of processes.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const ran = spawnSync(browser, [...flags, ...asRoot, '--dump-dom', `file://${path}`], {
      encoding: 'utf8',
      timeout: timeoutMs,
    });
    if (ran.status !== 0) throw new Error(`${browser} could not show ${path}: ${ran.stderr}`);
    return ran.stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
