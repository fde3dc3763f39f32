#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The house as ARCHITECTURE.md draws it and as it stands, for tests that hold the two against each other.
namespace framespool::house {

/// A row of the table of rooms.
struct Room {
  std::string path;                // below the repository: "host/broker/seam"; "connectors/X" stands for each of them
  bool may_use_all = false;        // "all": the program itself, and tests
  std::set<std::string> may_use;   // paths of rooms
  std::set<std::string> problems;  // words of the row that are no room
};
using Rooms = std::map<std::string, Room>;
Rooms RoomsOfTheTable();

/// A source file of a room; no test, bench or generated file.
struct SourceFile {
  std::string path;  // below the repository
  std::string room;
  std::string text;
};
std::vector<SourceFile> SourceFiles(const Rooms& rooms);

/// The room that a path below the repository lies in, the innermost one; empty where it is in none.
std::string RoomOf(const Rooms& rooms, const std::string& path);

/// From a room to another, and where that was seen.
struct Arrow {
  std::string from;
  std::string to;
  std::string where;
};
std::vector<Arrow> ArrowsOfIncludes(const Rooms& rooms);

/// A line of what the build says: a target of ours, and a library that it links.
struct LinkLine {
  std::string target;
  std::string folder;
  std::string library;         // empty: the target links nothing by this line
  std::string library_folder;  // empty: not ours
};
std::vector<LinkLine> LinkLines();
std::vector<Arrow> ArrowsOfLinks(const Rooms& rooms);

/// `text` without its comments, and without the contents of its string literals where `keep_literals` is false.
std::string WithoutComments(std::string_view text, bool keep_literals);
/// The string literals of `text`, adjacent ones one by one; not those of #include.
std::vector<std::string> Literals(std::string_view text);

std::filesystem::path Repository();
std::string ReadFile(const std::filesystem::path& file);

}  // namespace framespool::house
