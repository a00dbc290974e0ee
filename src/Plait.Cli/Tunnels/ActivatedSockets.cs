using System.Globalization;
using System.Net.Sockets;
using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Processes;

namespace Plait.Cli.Tunnels;

/// <summary>The sockets that a service manager has opened for us: sd_listen_fds(3).</summary>
internal sealed class ActivatedSockets
{
    private const int First = 3; // SD_LISTEN_FDS_START
    private const int Most = 1024; // G6

    private readonly List<(string Name, int Descriptor)> _sockets = [];

    private ActivatedSockets()
    {
    }

    /// <summary>Reads the variables LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES. Those of another process are ignored.</summary>
    internal static ActivatedSockets Read(IReadOnlyDictionary<string, string> environment)
    {
        var sockets = new ActivatedSockets();
        if (environment.GetValueOrDefault("LISTEN_PID") != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            || !int.TryParse(environment.GetValueOrDefault("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            return sockets;
        }

        string[] names = (environment.GetValueOrDefault("LISTEN_FDNAMES") ?? "").Split(':');
        for (int i = 0; i < Math.Min(count, Most); i++)
        {
            sockets._sockets.Add((i < names.Length ? names[i] : "", First + i));
        }

        return sockets;
    }

    /// <summary>Refuses sockets that no tunnel has taken: their clients would connect, and wait for ever.</summary>
    /// <exception cref="TunnelException">There are some.</exception>
    internal void ThrowIfLeft()
    {
        if (_sockets.Count > 0)
        {
            throw new TunnelException(ExitCode.Configuration,
                "--listen systemd: the service manager has given more sockets than tunnels listen at; give each a name by FileDescriptorName= and each tunnel systemd:NAME, or remove a ListenStream= from the .socket unit");
        }
    }

    /// <summary>Takes a socket.</summary>
    /// <param name="name">Its name; null for the only one that is left.</param>
    /// <exception cref="TunnelException">There is none.</exception>
    internal Socket Take(string? name)
    {
        int index = name is null ? (_sockets.Count == 1 ? 0 : -1) : _sockets.FindIndex(socket => socket.Name == name);
        if (index < 0)
        {
            throw new TunnelException(ExitCode.Configuration, _sockets.Count == 0
                ? "--listen systemd: the service manager has given no socket; start Plait by its .socket unit, or give an address"
                : name is null
                    ? "--listen systemd: the service manager has given several sockets; write systemd:NAME, with FileDescriptorName= of the .socket unit"
                : "--listen systemd:NAME: the service manager has given no socket of that name; see FileDescriptorName= of the .socket unit");
        }

        int descriptor = _sockets[index].Descriptor;
        _sockets.RemoveAt(index);
        try
        {
            return new(new SafeSocketHandle(descriptor, ownsHandle: true));
        }
        catch (SocketException)
        {
            throw new TunnelException(ExitCode.Configuration,
                "--listen systemd: what the service manager has given is no socket; use ListenStream= in the .socket unit");
        }
    }
}
