#pragma once

#include <string>
#include <vector>

namespace framespool::video_file {

/// `files` over at most `tasks` shares, none of them empty, in the order of `files` within each. The sizes differ by
/// one at most, and a file that comes or goes moves few of the others: which share is a file's depends on its name
/// (rendezvous hashing) as far as there is room.
std::vector<std::vector<std::string>> SharesOf(const std::vector<std::string>& files, int tasks);

}  // namespace framespool::video_file
