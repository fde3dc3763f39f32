// Drives the real worker with Debian's Chromium. E2E_BUILD names the build folder; ctest sets it.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../build/e2e-results',
  workers: 1,
  fullyParallel: false,
  // These end what would never come; a busy machine takes its time, and what comes is taken at once.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  // As ./dev test does in CI with every test: what a second run mends is listed as flaky, with the first run's error.
  retries: process.env['CI'] ? 1 : 0,
  forbidOnly: true,
  use: {
    actionTimeout: 60_000,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] },
    trace: 'retain-on-failure',
  },
});
