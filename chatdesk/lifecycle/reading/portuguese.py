"""Portuguese words of thanks, of relief and of trouble, as written on both sides of the ocean."""

from chatdesk.lifecycle.reading.words import Language

PORTUGUESE = Language(
    name="pt",
    thanks="""
        obrigado, obrigada, obrigadão, obrigados, muito obrigado, muito obrigada, brigado, brigada,
        obg, obgd, obgda, valeu, vlw, grato, grata, agradeço, agradecido, agradecida, agradecemos,
        muito grato, muito grata, obrigado novamente, obrigada novamente, novamente obrigado,
        novamente obrigada, mais uma vez obrigado, mais uma vez obrigada, obrigado mais uma vez,
        obrigada mais uma vez, obrigado mesmo, obrigada mesmo, desde já obrigado, desde já agradeço
    """,
    good="""
        ok, okay, okey, tá, bem, bom, tudo em ordem, em ordem, certo, certinho, perfeito,
        perfeitamente, ótimo, óptimo, excelente, fantástico, maravilha, maravilhoso, espetáculo,
        show, show de bola, top, legal, fixe, beleza, blz, joia, jóia, massa, bacana, super,
        combinado, entendido, entendi, percebi, recebido, anotado, claro, sim, exato, exatamente,
        correto, isso mesmo, confirmo, confirmado, funciona, funciona de novo, funciona novamente,
        funcionando de novo, funcionam, funcionou, funcionando, está a funcionar, voltou a
        funcionar, voltou ao normal, deu certo, já está, resolvido, resolvida, resolveu, resolveram,
        solucionado, arranjado, consertado, corrigido, corrigiu, feito, pronto, já consigo entrar,
        já consigo aceder, já consigo acessar, já consigo, consigo entrar, consigo aceder, consigo
        acessar, consigo imprimir, consegui, consegui entrar, consegui acessar, sem problema, sem
        problemas, nenhum problema, não há problema, não tem problema, sem erros, sem erro, não dá
        mais erro, já não dá erro, não há mais erros, não aparece mais o erro, o erro sumiu, erro
        sumiu, o erro desapareceu, sem stress, de nada, por nada, imagina, às ordens, disponha,
        problema resolvido, o problema foi resolvido, problema foi resolvido, problema solucionado,
        erro resolvido, pode fechar, podem fechar, pode encerrar, podem encerrar, pode ser fechado,
        pode ser encerrado, fechar, encerrar, nada mais, era isso, era só isso, é só isso, é tudo,
        bom trabalho, ótimo trabalho, ajudou, como antes, como esperado, finalmente, ufa, até que
        enfim, vocês são os melhores, és o maior, os melhores, o melhor, voltou a funcionar tudo,
        voltou tudo ao normal, tudo normal, normalizado, normalizou, restabelecido, liberado,
        desbloqueado
    """,
    hello="""
        olá, oi, oie, bom dia, boa tarde, boa noite, viva, caro, cara, prezado, prezada, prezados,
        sr, sra, senhor, senhora, dr, dra, att, atenciosamente, cumprimentos, melhores cumprimentos,
        com os melhores cumprimentos, abraço, abraços, um abraço, abs, até logo, até mais, tchau,
        bom fim de semana, bom final de semana, bom fds, boa semana, equipe, equipa, pessoal,
        galera, amigo, amiga, todos, gente
    """,
    small="""
        a, o, as, os, um, uma, de, do, da, dos, das, e, é, está, estão, era, foi, fui, em, no, na,
        nos, com, para, pra, por, pela, pelo, ao, à, me, te, lhe, nos ajuda, ajuda, pela ajuda,
        apoio, suporte, atenção, resposta, retorno, rapidez, agilidade, atendimento, paciência,
        tempo, força, informação, rápida, rápido, muito, muita, tão, tudo, já, agora, agora sim,
        hoje, realmente, chamado, ticket, pedido, caso, aqui, isso, isto, você, vocês, vc, vcs, eu,
        nós, meu, minha, seu, sua, vosso, vossa, tua, teu, a todos, aí, ah, oh, haha, kkk, kk, rs,
        então, né, igualmente, que, funcionar, normal, normalmente, corretamente, direitinho, como
        deve ser, imenso, demais, de coração, por tudo, por resolver, por resolverem, pela rapidez,
        pela resposta, pela paciência
    """,
    trouble="""
        não funciona, não funcionam, não consigo, não dá, continua*, erro*, problema*, falha*,
        falhou, avaria*, quebr*, partid*, estragad*, cai, caiu, caindo, trava*, travou, bloquead*,
        bloqueou, lento, lenta, lentidão, falta, faltam, faltando, perdi, perdeu, sumiu,
        desapareceu, impossível, pior, mesmo, mesma, mesmos, de novo, outra vez, novamente caiu,
        voltou, voltaram, volta, às vezes, de vez em quando, por favor, pf, pfv, favor, preciso,
        precisamos, precisava, quero, queria, gostaria, podem, pode, poderia, poderiam, podiam,
        podia, pode me, conseguem, adicionar, acrescentar, incluir, reabrir, reabram, reabra, ontem,
        preto, preta, vazio, vazia, rejeit*, recus*, negado, expirou, expirad*, inválid*, nada mais
        funciona, mal, errado, errada, infelizmente, péssimo, inútil, aguard*, exceto, menos, sem
        acesso, sem funcionar, sem solução
    """,
    negation="não, ainda, nunca, jamais, nada, nenhum, nenhuma, nem, sem, tampouco, n",
    unsettled="""
        amanhã, depois, mais tarde, logo, segunda, terça, quarta, quinta, sexta, próxima semana,
        semana que vem, testo, testar, testei, testando, tento, tentar, vou tentar, tentei,
        verifico, verificar, verificarei, vejo, ver, verei, vamos ver, veremos, vou, vamos, aviso,
        te aviso, digo, dou retorno, quando, assim que, se, talvez, provavelmente, parece*,
        aparentemente, espero, tomara, oxalá, acho, creio, penso, deve, deveria, seria, por
        enquanto, por agora, até agora, de momento, no momento, férias, não sei, como, por que,
        porque, porquê, qual, quais, quem, onde, tenho de, tenho que, devo, será
    """,
    but="mas, porém, contudo, todavia, entretanto, só que, embora, no entanto",
)
