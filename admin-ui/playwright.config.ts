// Drives the real worker with Debian's Chromium. E2E_BUILD names the build folder; ctest sets it.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../build/e2e-results',
  workers: 1,
  fullyParallel: false,
  // A busy machine is no failure: these are for what never comes.
  timeout: 300_000,
  expect: { timeout: 45_000 },
  reporter: [['list']],
  forbidOnly: true,
  use: {
    actionTimeout: 60_000,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] },
    trace: 'retain-on-failure',
  },
});
