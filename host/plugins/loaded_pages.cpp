#include "plugins/loaded_pages.h"

#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <vector>

namespace framespool::plugins {

namespace {

/// Whether the loader has written into the code: that is in no file.
bool HasTextRelocations(ElfW(Addr) base, std::span<const ElfW(Phdr)> segments) {
  for (const ElfW(Phdr) & segment : segments) {
    if (segment.p_type != PT_DYNAMIC) continue;
    for (const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(base + segment.p_vaddr); entry->d_tag != DT_NULL;
         ++entry) {
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
        return true;
    }
  }
  return false;
}

int Release(dl_phdr_info* library, std::size_t, void*) {
  // Copied: the list is itself on a page that goes, and reading on would bring it back with its neighbours (64 KB).
  const std::vector<ElfW(Phdr)> segments(library->dlpi_phdr, library->dlpi_phdr + library->dlpi_phnum);
  const ElfW(Addr) base = library->dlpi_addr;
  // The kernel's own vdso is no file.
  if (base == getauxval(AT_SYSINFO_EHDR) || HasTextRelocations(base, segments)) return 0;
  const ElfW(Addr) page = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
  for (const ElfW(Phdr) & segment : segments) {
    // A segment that is not writable is as in the file; what the loader protects after its relocations is part of one
    // that is.
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const ElfW(Addr) begin = (base + segment.p_vaddr) & ~(page - 1);
    const ElfW(Addr) end = (base + segment.p_vaddr + segment.p_filesz) & ~(page - 1);
    if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void ReleaseLoadedPages() { dl_iterate_phdr(&Release, nullptr); }

}  // namespace framespool::plugins
