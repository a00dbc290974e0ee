using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet;

/// <summary>One OR connection as the control port tells it.</summary>
/// <param name="Id">tor's number for it.</param>
/// <param name="Target">The peer: behind an Extended ORPort the client, once USERADDR has come.</param>
/// <param name="Read">Bytes read by tor so far.</param>
/// <param name="Written">Bytes written by tor so far.</param>
internal sealed record OrConnection(string Id, string? Target, long Read, long Written);

/// <summary>A control connection to a bridge that follows its OR connections (ORCONN, CONN_BW).</summary>
internal sealed class TorControl : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, OrConnection> _connections = [];
    private readonly TcpClient _client = new();
    private Task _reading = Task.CompletedTask;

    private TorControl()
    {
    }

    /// <summary>Every event line.</summary>
    public Recorded<string> Events { get; } = new("control events");

    /// <summary>All OR connections there were, with the bytes that each has moved so far.</summary>
    public IReadOnlyList<OrConnection> Connections
    {
        get
        {
            lock (_lock)
            {
                return [.. _connections.Values];
            }
        }
    }

    /// <summary>Connects and subscribes.</summary>
    /// <param name="portFile">What ControlPortWriteToFile wrote.</param>
    public static async Task<TorControl> ConnectAsync(string portFile)
    {
        string line = await Deadline.PollAsync(
            () => File.Exists(portFile) && File.ReadAllText(portFile) is { Length: > 0 } text ? text : null, $"a control port in {portFile}");
        var control = new TorControl();
        await control._client.ConnectAsync(IPEndPoint.Parse(line.Trim()["PORT=".Length..]));
        var reader = new StreamReader(control._client.GetStream());
        await control.CommandAsync("AUTHENTICATE", reader);
        await control.CommandAsync("SETEVENTS ORCONN CONN_BW", reader);
        control._reading = control.ReadAsync(reader);
        return control;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CommandAsync(string command, StreamReader reader)
    {
        await _client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\r\n"));
        string? answer = await reader.ReadLineAsync().Within($"an answer to {command}");
        if (answer != "250 OK")
        {
            throw new InvalidOperationException($"{command}: {answer}");
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Apply(line);
            Events.Add(line);
        }
    }

    private void Apply(string line)
    {
        string[] words = line.Split(' ');
        string? id = Value(words, "ID");
        if (id is null)
        {
            return;
        }

        lock (_lock)
        {
            OrConnection old = _connections.GetValueOrDefault(id) ?? new(id, null, 0, 0);
            switch (words[1])
            {
                case "ORCONN":
                    _connections[id] = old with { Target = words[2] };
                    break;
                case "CONN_BW":
                    _connections[id] = old with { Read = old.Read + Number(words, "READ"), Written = old.Written + Number(words, "WRITTEN") };
                    break;
            }
        }
    }

    private static long Number(string[] words, string key) => long.Parse(Value(words, key) ?? "0", CultureInfo.InvariantCulture);

    private static string? Value(string[] words, string key) =>
        words.FirstOrDefault(w => w.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..];
}
