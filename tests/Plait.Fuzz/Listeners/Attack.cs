using System.Net.Sockets;

namespace Plait.Fuzz.Listeners;

/// <summary>Plays a script.</summary>
internal sealed class Attack : IDisposable
{
    private readonly List<AttackerConnection> _connections = [];

    /// <summary>Every connection made, in order.</summary>
    internal IReadOnlyList<AttackerConnection> Connections => _connections;

    /// <summary>Makes a connection.</summary>
    internal required Func<Task<Socket?>> OpenAsync { get; init; }

    /// <summary>The bytes of a token, on a connection.</summary>
    internal Func<string, AttackerConnection, Task<byte[]>> TokenAsync { get; init; } = (_, _) => Task.FromResult<byte[]>([]);

    /// <summary>How many bytes a connection must have been answered with by now; null where that is not known.</summary>
    internal Func<AttackerConnection, int>? Owed { get; init; }

    /// <summary>Plays the script; at its end whatever is still open is finished and read to its end.</summary>
    /// <param name="steps">The script.</param>
    /// <param name="first">The connection that it begins on; null to make one.</param>
    internal async Task PlayAsync(IReadOnlyList<AttackStep> steps, Socket? first = null)
    {
        AttackerConnection? current = first is null ? await NextAsync() : Add(first);
        foreach (AttackStep step in steps)
        {
            if (step.Word == AttackScript.Open)
            {
                current = await NextAsync() ?? current;
            }
            else if (current is not null)
            {
                await PlayAsync(step, current);
            }
        }

        await Task.WhenAll(_connections.Select(connection => connection.FinishAsync()));
        Dispose();
    }

    public void Dispose() => _connections.ForEach(connection => connection.Dispose());

    private async Task<AttackerConnection?> NextAsync() => await OpenAsync() is { } socket ? Add(socket) : null;

    private AttackerConnection Add(Socket socket)
    {
        var connection = new AttackerConnection(socket);
        _connections.Add(connection);
        return connection;
    }

    private async Task PlayAsync(AttackStep step, AttackerConnection connection)
    {
        switch (step.Word)
        {
            case AttackScript.Send:
                await connection.SendAsync(step.Bytes);
                break;
            case AttackScript.Token:
                await connection.SendAsync(await TokenAsync(step.Token, connection));
                break;
            case AttackScript.Await when Owed is null:
                await connection.ReceiveForAMomentAsync();
                break;
            case AttackScript.Await:
                await connection.ReceiveAsync(Owed(connection));
                break;
            case AttackScript.Finish:
                await connection.FinishAsync();
                break;
            case AttackScript.Reset:
                connection.Reset();
                break;
            case AttackScript.Close:
                connection.Dispose();
                break;
        }
    }
}
