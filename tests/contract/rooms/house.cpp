#include "house.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace framespool::house {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEachConnector = "connectors/X";

std::string Trimmed(std::string text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '`'; };
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_blank));
  text.erase(std::find_if_not(text.rbegin(), text.rend(), is_blank).base(), text.end());
  return text;
}

std::vector<std::string> Split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, by);) parts.push_back(part);
  return parts;
}

/// "broker/seam" is host/broker/seam, "sdk" is connectors/sdk.
std::string Named(const Rooms& rooms, const std::string& name) {
  for (const char* above : {"", "host/", "connectors/"}) {
    if (rooms.contains(above + name)) return above + name;
  }
  return "";
}

bool IsTest(const fs::path& file) {
  const std::string stem = file.stem().string();
  if (stem.ends_with("_test") || stem.ends_with("_bench") || stem == "test_video") return true;
  return std::any_of(file.begin(), file.end(), [](const fs::path& part) { return part == "tests"; });
}

bool IsSource(const fs::path& file) { return file.extension() == ".h" || file.extension() == ".cpp"; }

/// `path` is `folder` or lies below it.
bool IsBelow(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

}  // namespace

fs::path Repository() { return REPOSITORY; }

std::string ReadFile(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("there is no " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

Rooms RoomsOfTheTable() {
  std::vector<std::pair<std::string, std::string>> rows;
  std::istringstream lines(ReadFile(Repository() / "ARCHITECTURE.md"));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| room |")) {
      inside = true;
    } else if (inside && !line.starts_with("|")) {
      break;
    } else if (inside && !line.starts_with("| ---")) {
      const auto cells = Split(line, '|');
      if (cells.size() < 4) throw std::runtime_error("ARCHITECTURE.md: no row of three cells: " + line);
      rows.emplace_back(Trimmed(cells[1]), Trimmed(cells[3]));
    }
  }
  Rooms rooms;
  for (const auto& [path, uses] : rows) rooms[path].path = path;
  for (const auto& [path, uses] : rows) {
    Room& room = rooms[path];
    for (const std::string& part : Split(uses, ',')) {
      const std::string name = Trimmed(part);
      if (name.starts_with("all")) {
        room.may_use_all = true;
      } else if (const auto named = Named(rooms, name); !named.empty()) {
        room.may_use.insert(named);
      } else if (name != "the standard library" && name != "its own libraries" && name != "REST only") {
        room.problems.insert(name);
      }
    }
  }
  return rooms;
}

std::string RoomOf(const Rooms& rooms, const std::string& path) {
  std::string best;
  for (const auto& [name, room] : rooms) {
    // What stands beside main.cpp is main's.
    const bool is_main = name == "host/main.cpp" && fs::path(path).parent_path() == "host";
    if (is_main || (IsBelow(path, name) && name.size() > best.size())) best = name;
  }
  if (best.empty() && path.starts_with("connectors/") && std::count(path.begin(), path.end(), '/') > 1) {
    return rooms.contains(std::string(kEachConnector)) ? path.substr(0, path.find('/', sizeof "connectors")) : "";
  }
  return best;
}

std::vector<SourceFile> SourceFiles(const Rooms& rooms) {
  std::vector<SourceFile> files;
  for (const char* top : {"host", "connectors", "http"}) {
    if (!fs::exists(Repository() / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(Repository() / top)) {
      const std::string path = fs::relative(entry.path(), Repository()).generic_string();
      if (!entry.is_regular_file() || !IsSource(path) || IsTest(path)) continue;
      files.push_back({path, RoomOf(rooms, path), ReadFile(entry.path())});
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::vector<Arrow> ArrowsOfIncludes(const Rooms& rooms) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^">]+)[">])");
  // Where each public header is found.
  std::map<std::string, std::string> public_headers;
  const auto files = SourceFiles(rooms);
  for (const SourceFile& file : files) {
    if (const auto at = file.path.find("/include/"); at != std::string::npos)
      public_headers[file.path.substr(at + sizeof "/include/" - 1)] = file.room;
  }
  std::vector<Arrow> arrows;
  for (const SourceFile& file : files) {
    std::istringstream lines(file.text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string name = match[2];
      const std::string beside = (fs::path(file.path).parent_path() / name).lexically_normal().generic_string();
      std::string to;
      if (match[1] == "\"" && fs::exists(Repository() / beside)) {
        to = RoomOf(rooms, beside);
      } else if (const auto found = public_headers.find(name); found != public_headers.end()) {
        to = found->second;
      }
      if (!to.empty() && to != file.room) arrows.push_back({file.room, to, file.path + ":" + std::to_string(number)});
    }
  }
  return arrows;
}

std::vector<LinkLine> LinkLines() {
  std::vector<LinkLine> lines;
  std::istringstream file(ReadFile(LINK_LINES));
  for (std::string line; std::getline(file, line);) {
    auto cells = Split(line, ';');
    cells.resize(4);
    lines.push_back({cells[0], cells[1], cells[2], cells[3]});
  }
  return lines;
}

std::vector<Arrow> ArrowsOfLinks(const Rooms& rooms) {
  std::vector<Arrow> arrows;
  for (const LinkLine& line : LinkLines()) {
    if (line.library_folder.empty()) continue;
    const std::string from = RoomOf(rooms, line.folder + "/CMakeLists.txt");
    const std::string to = RoomOf(rooms, line.library_folder + "/CMakeLists.txt");
    if (!from.empty() && from != to) arrows.push_back({from, to, line.target + " links " + line.library});
  }
  return arrows;
}

std::string WithoutComments(std::string_view text, bool keep_literals) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      i = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
    } else if (text.substr(i, 2) == "R\"") {
      const auto open = text.find('(', i);
      std::string close(1, ')');
      close.append(text.substr(i + 2, open - i - 2)).push_back('"');
      const auto end = std::min(text.find(close, open), text.size() - close.size()) + close.size();
      if (keep_literals) out += text.substr(i, end - i);
      i = end;
    } else if (text[i] == '"' ||
               (text[i] == '\'' && (i == 0 || !std::isalnum(static_cast<unsigned char>(text[i - 1]))))) {
      const char quote = text[i];
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != quote && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
      if (keep_literals)
        out += text.substr(i, end - i);
      else
        out.append(2, quote);
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::vector<std::string> Literals(std::string_view text) {
  static const std::regex literal(R"re("((?:\\.|[^"\\\n])*)")re");
  std::vector<std::string> found;
  std::istringstream lines(WithoutComments(text, true));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#include")) continue;
    for (std::sregex_iterator it(line.begin(), line.end(), literal), end; it != end; ++it) found.push_back((*it)[1]);
  }
  return found;
}

}  // namespace framespool::house
