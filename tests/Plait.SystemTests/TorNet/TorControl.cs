using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
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
    private readonly Channel<string> _replies = Channel.CreateUnbounded<string>();
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
            () => File.Exists(portFile) && File.ReadAllText(portFile) is { Length: > 0 } text ? text : null,
            $"a control port in {portFile}");
        var control = new TorControl();
        await control._client.ConnectAsync(IPEndPoint.Parse(line.Trim()["PORT=".Length..]));
        control._reading = control.ReadAsync();
        await control.CommandAsync("AUTHENTICATE");
        await control.CommandAsync("SETEVENTS ORCONN CONN_BW");
        return control;
    }

    /// <summary>Sends a command that is answered with 250 OK, one at a time.</summary>
    public async Task CommandAsync(string command)
    {
        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        string reply = await _replies.Reader.ReadAsync().AsTask().Within($"an answer to {command}");
        if (reply != "250 OK")
        {
            throw new InvalidOperationException($"{command}: {reply}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync()
    {
        var reader = new StreamReader(_client.GetStream());
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("650 ", StringComparison.Ordinal))
            {
                _replies.Writer.TryWrite(line);
                continue;
            }

            Apply(line);
            Events.Add(line);
        }

        _replies.Writer.Complete();
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
                    _connections[id] = old with
                    {
                        Read = old.Read + Number(words, "READ"),
                        Written = old.Written + Number(words, "WRITTEN"),
                    };
                    break;
            }
        }
    }

    private static long Number(string[] words, string key) => long.Parse(Value(words, key) ?? "0", CultureInfo.InvariantCulture);

    private static string? Value(string[] words, string key) =>
        words.FirstOrDefault(w => w.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..];
}
