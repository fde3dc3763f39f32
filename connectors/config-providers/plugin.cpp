#include <framespool/plugin.h>

#include "directory_config_provider.h"
#include "env_var_config_provider.h"
#include "file_config_provider.h"

namespace {

using namespace framespool;
using namespace framespool::config_providers;

}  // namespace

FRAMESPOOL_PLUGIN("0.1.0",
                  ConfigProviderOf<DirectoryConfigProvider>("DirectoryConfigProvider",
                                                            "Values from the files of a folder, one each."),
                  ConfigProviderOf<EnvVarConfigProvider>("EnvVarConfigProvider", "Values from the environment."),
                  ConfigProviderOf<FileConfigProvider>("FileConfigProvider", "Values from .properties files."))
