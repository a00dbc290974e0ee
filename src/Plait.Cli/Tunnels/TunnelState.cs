using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Processes;

namespace Plait.Cli.Tunnels;

/// <summary>Where the far end of a tunnel keeps its keys, and the near end what its programs write.</summary>
internal sealed class TunnelState : IDisposable
{
    private readonly bool _isScratch;

    private TunnelState(string location, bool isScratch)
    {
        (Location, _isScratch) = (location, isScratch);
    }

    /// <summary>The directory.</summary>
    internal string Location { get; }

    /// <summary>The state of a far end, which outlives it.</summary>
    /// <param name="named">The directory that is named, or null.</param>
    /// <param name="words">How one is named.</param>
    /// <param name="environment">Our own.</param>
    /// <exception cref="TunnelException">There is no place for it.</exception>
    internal static TunnelState Kept(string? named, TunnelWords words, IReadOnlyDictionary<string, string> environment)
    {
        string? location = named
            ?? environment.GetValueOrDefault("STATE_DIRECTORY")?.Split(':')[0] // systemd.exec(5)
            ?? (Value("XDG_STATE_HOME") is { } state ? Path.Combine(state, "plait")
                : Value("HOME") is { } home ? Path.Combine(home, ".local", "state", "plait")
                : null);
        return location is null ? throw new TunnelException(ExitCode.Usage,
            $"there is no directory for the keys: neither HOME nor STATE_DIRECTORY is set; name one with {words.State}")
            : SystemText.PathProblem(location, $"the directory DIR of {words.State}") is { } problem ? throw new TunnelException(ExitCode.Usage, problem)
            : new(Path.GetFullPath(location), isScratch: false);

        string? Value(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>
    /// The state of a near end: a directory of its own that is removed, because its programs keep nothing of worth, and several ends may run side
    /// by side. It is kept where one is named.
    /// </summary>
    /// <exception cref="TunnelException">There is no place for it.</exception>
    internal static TunnelState Scratch(string? named, TunnelWords words, IReadOnlyDictionary<string, string> environment)
    {
        if (named is not null)
        {
            return Kept(named, words, environment);
        }

        try
        {
            return new(Directory.CreateTempSubdirectory("plait-connect-").FullName, isScratch: true);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw new TunnelException(ExitCode.InputOutput,
                $"there is no place for temporary files of its programs; make room there, set TMPDIR, or name a directory with {words.State}");
        }
    }

    public void Dispose()
    {
        if (!_isScratch)
        {
            return;
        }

        try
        {
            Directory.Delete(Location, recursive: true);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // A program that is being killed may still write there.
        }
    }
}
