using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Storage;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Small secret files that are made anew at each start and that our children read: the cookies of our Extended ORPorts. The disk of the
/// state location may be full or read-only, so they go to the first place that can hold them.
/// </summary>
/// <remarks>
/// <para>The places: each folder of $RUNTIME_DIRECTORY (systemd, RuntimeDirectory=), $XDG_RUNTIME_DIR, /dev/shm, the state directory.
/// For a login user, the state directory comes before the second and third: logind empties those when the user logs out (RemoveIPC in
/// logind.conf), even while Plait runs.</para>
/// <para>In the first three, a <see cref="PrivateDirectory"/> holds the files. Its name begins with a digest of
/// the state directory and the role, so that the next Plait takes over what a killed one has left, and ends in random digits: another
/// user cannot make it first, and a predecessor that still ends has another one. Directories that Plaits with other state have left are removed as well.</para>
/// </remarks>
internal sealed class RuntimeFiles : IDisposable
{
    // So many that were left are tried. One may be a predecessor's that still ends (L2); another user may make more.
    private const int MaxNames = 16;

    // More than a machine's Plaits can leave between two starts; another user's count too.
    private const int MaxForgotten = 256;

    // Users from here on log in (UID_MIN of login.defs); services have lower ones, or those of systemd's dynamic users.
    private const uint FirstLoginUser = 1000, LastLoginUser = 60000;

    private readonly Lock _lock = new();
    private readonly string _stateRoot;
    private readonly string _name;
    private readonly List<string?> _places; // null: the state directory
    private readonly List<PrivateDirectory> _directories = [];
    private readonly HashSet<string> _written = [];

    /// <param name="stateRoot">Our folder in the state location.</param>
    /// <param name="role">Each role has its own files.</param>
    /// <param name="environment">Our own, for the places.</param>
    internal RuntimeFiles(string stateRoot, PtRole role, IReadOnlyDictionary<string, string> environment)
        : this(stateRoot, role, PlacesOf(environment, IsLoginUser()))
    {
    }

    /// <inheritdoc cref="RuntimeFiles(string, PtRole, IReadOnlyDictionary{string, string})"/>
    /// <param name="stateRoot">Our folder in the state location.</param>
    /// <param name="role">Each role has its own files.</param>
    /// <param name="places">In their order; null for the state directory.</param>
    internal RuntimeFiles(string stateRoot, PtRole role, IEnumerable<string?> places)
    {
        _stateRoot = stateRoot;
        _name = $"plait-{Digest($"{Path.GetFullPath(stateRoot)}\n{role}"):x16}";
        _places = [.. places];
    }

    /// <summary>Where such files go in this environment; null stands for the state directory.</summary>
    internal static IEnumerable<string?> PlacesOf(IReadOnlyDictionary<string, string> environment, bool loginUser)
    {
        string[] service = environment.GetValueOrDefault("RUNTIME_DIRECTORY", "").Split(':');
        string[] session = [environment.GetValueOrDefault("XDG_RUNTIME_DIR", ""), "/dev/shm"];
        return [.. Usable(service), .. loginUser ? [null, .. Usable(session)] : (string?[])[.. Usable(session), null]];
    }

    /// <summary>Writes a file that only our user can read, in the first place that can hold it.</summary>
    /// <param name="name">The beginning of its name in the state directory; elsewhere its whole name.</param>
    /// <param name="content">What it holds.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="IOException">No place can hold it; the message gives the reason of the state directory.</exception>
    internal string Write(string name, ReadOnlySpan<byte> content)
    {
        PollerThread.AssertNot();
        lock (_lock)
        {
            Exception? reason = null;
            foreach (string? place in _places)
            {
                try
                {
                    if ((place is null ? InState(name) : DirectoryIn(place) is { } own ? Path.Combine(own, $"{name}.cookie") : null) is { } path)
                    {
                        StateFile.Create(path, content);
                        _written.Add(path);
                        return path;
                    }
                }
                catch (Exception e) when (DiskErrors.IsOne(e))
                {
                    reason = place is null ? e : reason ?? e;
                }
            }

            throw new IOException($"a small file that it needs at its start cannot be written: {reason?.Message ?? "no place can be used"}; make room, or set RuntimeDirectory= in tor's unit", reason);
        }
    }

    /// <summary>Removes a file.</summary>
    internal void Remove(string path)
    {
        lock (_lock)
        {
            _written.Remove(path);
            StateFile.Delete(path);
        }
    }

    /// <summary>Removes all that was written, and the directories.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (string path in _written)
            {
                StateFile.Delete(path);
            }

            foreach (PrivateDirectory directory in _directories)
            {
                directory.Dispose();
            }

            _written.Clear();
            _directories.Clear();
        }
    }

    private static IEnumerable<string> Usable(IEnumerable<string> folders) => folders.Where(folder =>
        OperatingSystem.IsLinux() && Path.IsPathFullyQualified(folder) && SystemText.IsUtf8(folder));

    private static bool IsLoginUser() =>
        !OperatingSystem.IsWindows() && Libc.User is >= FirstLoginUser and <= LastLoginUser;

    /// <summary>Our directory in a place; null if there can be none.</summary>
    private string? DirectoryIn(string place)
    {
        foreach (PrivateDirectory known in _directories)
        {
            if (Path.GetDirectoryName(known.Path) == Path.TrimEndingDirectorySeparator(place))
            {
                return known.Path;
            }
        }

        // One that a killed Plait has left, or a new one, whose name cannot be guessed: another user of the machine could take it first.
        string trimmed = Path.TrimEndingDirectorySeparator(place);
        IEnumerable<string> left = Directory.Exists(trimmed) ? Directory.EnumerateDirectories(trimmed, $"{_name}-*").Take(MaxNames) : [];
        foreach (string path in left.Append(Path.Combine(trimmed, $"{_name}-{SecureRandom.Hex(8)}")).ToList())
        {
            if (PrivateDirectory.TryTake(path) is { } taken)
            {
                _directories.Add(taken);
                RemoveForgottenDirectories(place);
                return taken.Path;
            }
        }

        return null;
    }

    /// <summary>Removes what killed Plaits with other state have left: a directory of ours that no process has locked is not in use.</summary>
    private static void RemoveForgottenDirectories(string place)
    {
        try
        {
            foreach (string left in Directory.EnumerateDirectories(place, "plait-????????????????-*").Take(MaxForgotten).ToList())
            {
                PrivateDirectory.TryTake(left)?.Dispose();
            }
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // They stay.
        }
    }

    /// <summary>In the state directory the name carries the process id: a predecessor may still be ending, with files of its own (L2).</summary>
    private string InState(string name)
    {
        RemoveForgotten(name);
        return Path.Combine(_stateRoot, $"{name}.{Environment.ProcessId}.{Random.Shared.Next():x8}.cookie");
    }

    /// <summary>Removes the files of Plaits that were killed. One with our id is such a file too: the first process of a container always has 1.</summary>
    private void RemoveForgotten(string name)
    {
        string prefix = name + ".";
        foreach (string file in Directory.EnumerateFiles(_stateRoot, prefix + "*.cookie"))
        {
            string owner = Path.GetFileName(file)[prefix.Length..];
            if (int.TryParse(owner.AsSpan(0, owner.IndexOf('.', StringComparison.Ordinal)), out int processId) && !_written.Contains(file)
                && (processId == Environment.ProcessId || !ProcessSignals.IsAlive(processId)))
            {
                StateFile.Delete(file);
            }
        }
    }

    /// <summary>FNV-1a: the same in every process, and nothing that a secret hangs on.</summary>
    private static ulong Digest(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in text)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        return hash;
    }
}
