// Light or dark: the system's choice until the user makes one, which this browser remembers.
export type Theme = 'system' | 'light' | 'dark';
const key = 'framespool.theme';

class ThemeChoice {
  chosen = $state<Theme>('system');

  start(): void {
    const stored = localStorage.getItem(key);
    if (stored === 'light' || stored === 'dark') this.choose(stored);
  }

  get isDark(): boolean {
    return this.chosen === 'dark' || (this.chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  }

  toggle(): void {
    this.choose(this.isDark ? 'light' : 'dark');
  }

  private choose(theme: 'light' | 'dark'): void {
    this.chosen = theme;
    document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(key, theme);
  }
}

export const theme = new ThemeChoice();
