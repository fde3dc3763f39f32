export default {
  compilerOptions: {
    runes: true,
    // A region that scrolls must take the focus, or the keyboard cannot scroll it; and a canvas that shows a picture is one.
    warningFilter: ({ code }) =>
      code !== 'a11y_no_noninteractive_tabindex' && code !== 'a11y_no_interactive_element_to_noninteractive_role',
  },
};
