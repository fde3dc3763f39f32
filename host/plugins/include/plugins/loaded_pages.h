#pragma once

namespace framespool::plugins {

/// Gives back what of the libraries' files was in memory for loading them only: symbol tables, relocations, what ran
/// once. OpenCV's 240 libraries leave 45 MB of it. What is used again comes back by itself from the file, or the page
/// cache; what a library has written to is left alone. Any thread.
void ReleaseLoadedPages();

}  // namespace framespool::plugins
