using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Plait.Connections;

namespace Plait.Cli.Tunnels;

/// <summary>
/// Tells the service manager how Plait is (sd_notify(3)): ready, what it does, that it ends; and again and again that it lives, where it watches
/// (sd_watchdog_enabled(3)). A manager that does not read is no reason to fail.
/// </summary>
internal sealed class ServiceManager : IAsyncDisposable
{
    // The manager reads at once, or not at all.
    private const int SendMilliseconds = 100;

    private readonly Socket? _socket;
    private readonly TimeProvider _time;
    private readonly TimeSpan? _watchdog;
    private readonly CancellationTokenSource _ending = new();
    private Task _watching = Task.CompletedTask;
    private string? _status;

    private ServiceManager(Socket? socket, TimeSpan? watchdog, TimeProvider time)
    {
        (_socket, _watchdog, _time) = (socket, watchdog, time);
    }

    /// <summary>Reads the variables NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.</summary>
    internal static ServiceManager Of(IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        Socket? socket = Connect(environment.GetValueOrDefault("NOTIFY_SOCKET"));
        bool isOurs = environment.GetValueOrDefault("WATCHDOG_PID") is not { Length: > 0 } watched
            || watched == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        TimeSpan? watchdog = isOurs && long.TryParse(
                environment.GetValueOrDefault("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
                    && microseconds > 1
            ? TimeSpan.FromMicroseconds(microseconds) / 2 // sd_watchdog_enabled(3)
            : null;
        return new(socket, watchdog, time);
    }

    /// <summary>Everything runs.</summary>
    internal void Ready(string status)
    {
        Send($"READY=1\nSTATUS={_status = status}");
        if (_socket is not null && _watchdog is { } interval)
        {
            _watching = WatchAsync(interval);
        }
    }

    /// <summary>What Plait does now, in a line for <c>systemctl status</c>. The same line is not sent again.</summary>
    internal void Status(string status)
    {
        if (_status != status)
        {
            Send($"STATUS={_status = status}");
        }
    }

    /// <summary>Plait ends.</summary>
    internal void Stopping() => Send("STOPPING=1");

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        _socket?.Dispose();
    }

    private static Socket? Connect(string? path)
    {
        if (path is not ['/' or '@', _, ..])
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = SendMilliseconds };
        try
        {
            // '@' is a name of the abstract namespace (unix(7)).
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void Send(string state)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The manager has gone, or is too busy.
        }
    }

    /// <summary>A sign of life is sent only when a poller, which moves all bytes, has answered.</summary>
    private async Task WatchAsync(TimeSpan interval)
    {
        (SocketConnection sent, SocketConnection heard) = UnixSockets.Pair(ProgramPollers.All);
        await using (sent)
        await using (heard)
        {
            byte[] beat = new byte[1];
            using var timer = new PeriodicTimer(interval, _time);
            do
            {
                Task<int> hearing = heard.ReadAsync(beat, _ending.Token).AsTask();
                await sent.WriteAsync(new byte[1], _ending.Token);
                await hearing;
                Send("WATCHDOG=1");
            }
            while (await timer.WaitForNextTickAsync(_ending.Token));
        }
    }
}
