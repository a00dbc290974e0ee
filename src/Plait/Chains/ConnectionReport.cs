namespace Plait.Chains;

/// <summary>
/// What has been reported of one connection: nothing, then that it stands, then that it is over; or that at once.
/// <see cref="ConnectionReporter"/> locks it while it reports, so that the events of one connection keep their order.
/// </summary>
internal sealed class ConnectionReport
{
    private volatile ConnectionState _state;

    /// <summary>Nothing has been reported yet.</summary>
    internal bool IsNew => _state == ConnectionState.New;

    /// <summary>It has been reported that the connection stands, and nothing further.</summary>
    internal bool IsOpened => _state == ConnectionState.Opened;

    /// <summary>The reporter, once it has reported that the connection stands: it wants to know at once when a child of it ends.</summary>
    internal ConnectionReporter? Reporter { get; set; }

    /// <summary>The connection stands.</summary>
    /// <returns>False if something has been reported before.</returns>
    internal bool TryOpen()
    {
        bool isFirst = IsNew;
        _state = isFirst ? ConnectionState.Opened : _state;
        return isFirst;
    }

    /// <summary>The connection, which stood, has broken.</summary>
    /// <returns>False if it never stood, or is over.</returns>
    internal bool TryBreak()
    {
        bool stood = IsOpened;
        _state = stood ? ConnectionState.Over : _state;
        return stood;
    }

    /// <summary>The connection failed or ended.</summary>
    /// <returns>What had been reported before.</returns>
    internal ConnectionState End()
    {
        ConnectionState before = _state;
        _state = ConnectionState.Over;
        return before;
    }
}
