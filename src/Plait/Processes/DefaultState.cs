using System.Globalization;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Where state is kept if an application gives no place for it: a directory of this user in the temporary directory. Other users
/// can make names there too, so the directory is used only if it is ours alone.
/// </summary>
internal static class DefaultState
{
    /// <summary>The place; made if it is not there.</summary>
    /// <param name="temporary">The temporary directory.</param>
    /// <exception cref="IOException">It cannot be made, or another user has made its name first. The message says what to do.</exception>
    internal static string In(string temporary)
    {
        if (!OperatingSystem.IsLinux())
        {
            return temporary; // the user's own
        }

        string path = Path.Combine(temporary, string.Create(CultureInfo.InvariantCulture, $"plait-{Libc.User}"));
        try
        {
            PrivateDirectory.Make(path);
            return path;
        }
        catch (IOException e)
        {
            throw new IOException($"{e.Message}. Give a state location", e);
        }
    }
}
