class PaletteState {
  open = $state(false);
  show(): void {
    this.open = true;
  }
}
export const palette = new PaletteState();
